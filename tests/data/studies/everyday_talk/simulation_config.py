TITLE = "Everyday talk between three assistants"
NUM_TURNS, ITERATIONS, MAX_COST = 10, 20, 15
SAMPLING = {"temperature": 1.0, "max_tokens": 1000}
MODELS = {"gpt": "openai/gpt-4.1-mini", "claude": "anthropic/claude-haiku-4.5",
          "llama": {"slug": "meta-llama/llama-3.3-70b-instruct", "routing": {"only": ["deepinfra"], "quantizations": ["bf16"]}}}
SCENARIOS = {
    "train": "You are chatting with someone you have just met on a train.",
    "salary": {"employer": "You run a bakery. You can pay 2,400 a month at most.", "candidate": "You want this job, and at least 2,300 a month."},
    "rent": {"landlord": "You want to raise the rent by 8 %.", "tenant": "You have lived here for nine years and want no raise."},
    "blame": {"manager": "The release failed. Find out why.", "engineer": "You skipped a test because your manager pressed you."}}
