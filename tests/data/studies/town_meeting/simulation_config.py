TITLE = "Does bad news change how a group talks?"
NUM_TURNS, ITERATIONS, MEMORY = 16, 10, 12
PAIRING = [["gpt", "gpt", "gpt", "gpt"], ["gpt", "claude", "llama", "claude"], ["gpt", "llama", "claude", "llama"]]
PROCEDURE = {"kind": "group", "next": "moderator", "moderator": "chair"}
SCHEDULE = [{"after": 8, "announce": "{news}"}]
STOP = [{"phrase": "The meeting is closed.", "by": "chair"}]
MODELS = {"gpt": "openai/gpt-4.1-mini", "claude": "anthropic/claude-haiku-4.5", "llama": "meta-llama/llama-3.3-70b-instruct"}
SLOTS = {"setting": "The town has money for one thing: a park, a bus line or a library."}
FACTORS = {"news": {"cut": "A note is passed in: the money has been cut by half.", "quiet": ""}}
SCENARIOS = {"meeting": {
    "chair": "{setting} You chair the meeting of gardener, driver and reader. End each turn with the name of who speaks next. When all agree, say: The meeting is closed.",
    "gardener": "{setting} You want the park.",
    "driver": "{setting} You want the bus line.",
    "reader": "{setting} You want the library."}}
