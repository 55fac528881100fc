TITLE = "Repeated prisoner's dilemma: five models, three scripted players"
ITERATIONS, SAMPLING = 4, {"temperature": 0, "max_tokens": 16}
MODELS = {"gpt": "openai/gpt-4.1-mini", "claude": "anthropic/claude-haiku-4.5", "llama": "meta-llama/llama-3.3-70b-instruct",
          "mistral": "mistralai/mistral-small-3.2-24b-instruct", "qwen": "qwen/qwen-2.5-72b-instruct",
          "always_J": "scripted:always J", "always_F": "scripted:always F", "F_once": "scripted:sequence F J"}
SCENARIOS = {"points": "You play {rounds} rounds with another player. Both choose unseen. Points, yours first: {payoffs}. Answer with one letter."}
PROCEDURE = {"kind": "game", "rounds": 10, "order": "shuffled", "payoffs": {"J": {"J": [8, 8], "F": [0, 10]}, "F": {"J": [10, 0], "F": [5, 5]}}}
PROBES = {"prediction": {"ask": "each", "when": "before move", "options": ["J", "F"], "question": "Which option will the other player choose?"}}
FACTORS = {"prediction.shown": ["never", "self"]}
