"""The researcher's page: which models talk, about what, how long, how often.

`python run_experiment.py` runs what is written here and only what is missing: raise NUM_TURNS or ITERATIONS, add a
model or a scenario, and run again. As shipped it needs no key: a very small embedded model plays both seats. It is
fit for a first look and for teaching, not for findings. A study of your own belongs into a folder of its own: RUN_DIR.
"""

TITLE = "A first look: small talk between two very small talkers"

# A script suits the embedded model best: `stop` ends its line, seed = "auto" draws a new seed for each turn.
talker = {"slug": "embedded:smollm2-135m", "top_p": 0.95, "min_p": 0.05, "repeat_penalty": 1.1}
script = {"max_tokens": 60, "stop": ["\n"], "seed": "auto"}
MODELS = {
    "calm": {**talker, **script, "temperature": 0.6},
    "lively": {**talker, **script, "temperature": 0.8},
    # With a key in .env (OPENROUTER_API_KEY), put models of OpenRouter in their place:
    # "gpt": "openai/gpt-4.1-mini",
    # "claude": "anthropic/claude-haiku-4.5",
    # "llama": {"slug": "meta-llama/llama-3.3-70b-instruct", "routing": {"only": ["deepinfra"]}},
}
# SAMPLING = {"temperature": 1.0, "max_tokens": 1000}  # body fields for all models; a model's own win
# MAX_COST = 5  # dollars, for all that is ever spent in this study's folder

SCENARIOS = {
    "bicycle": {
        "Ana": "This is a transcript of a talk between two friendly people at a flea market. Ana wants to buy an old "
        "red bicycle for her daughter and can pay 60 dollars. Ben is selling the bicycle.",
        "Ben": "This is a transcript of a talk between two friendly people at a flea market. Ben is selling an old "
        "red bicycle and asks 80 dollars for it. Ana wants to buy the bicycle.",
    },
    "cars": {
        "Mia": "This is a transcript of a talk between two old friends over coffee. Mia thinks that electric cars are "
        "a wonderful idea. Leo is not so sure. They disagree, and they listen to each other.",
        "Leo": "This is a transcript of a talk between two old friends over coffee. Leo thinks that electric cars are "
        "too expensive and not clean at all. Mia likes them. They disagree, and they listen to each other.",
    },
}

NUM_TURNS = 6  # utterances, both seats together
ITERATIONS = 1  # conversations for each ordered pair of models in each scenario
RUN_DIR = "data"
