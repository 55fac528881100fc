"""Where replies come from: one file for each kind of model, all behind the port ``ChatModel``."""
