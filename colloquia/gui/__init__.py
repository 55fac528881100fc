"""The laboratory in the browser: what people touch; nothing is computed here."""
