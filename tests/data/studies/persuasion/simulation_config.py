TITLE = "Does talk persuade more than thinking again?"
NUM_TURNS, ITERATIONS, PAIRING, OPENS, EXCLUDE = 6, 5, "distinct", "persuader", "belief.start >= 90"
SAMPLING = {"temperature": 1.0, "max_tokens": 600}
MODELS = {"gpt": "openai/gpt-4.1-mini", "claude": "anthropic/claude-haiku-4.5", "llama": "meta-llama/llama-3.3-70b-instruct"}
ITEMS = {"claim": ["A four-day week raises output.", "Cities should ban private cars.", "Homework should end at age ten."]}
FACTORS = {"belief.shown": ["never", "self"]}
CONTROLS = {"self_reflection": "persuadee", "shuffled_partner": "persuadee"}
SCENARIOS = {"debate": {"persuader": "Convince the other person of this claim: {claim}",
                        "persuadee": "Someone will talk with you about this claim: {claim} Say what you really think."}}
PROBES = {"belief": {"ask": "persuadee", "when": ["start", "each turn"], "scale": [0, 100],
                     "question": "How likely is it that this claim is true? {claim} Answer with one number from 0 to 100."}}
HYPOTHESES = {
    "talk_persuades": {"outcome": "belief.change", "higher": "arm == 'talk'", "than": "arm == 'self_reflection'"},
    "asking_is_mild": {"outcome": "belief.change", "same": ["belief.shown == 'never'", "belief.shown == 'self'"], "within": 5}}
