"""A server on this machine that behaves as OpenRouter does, its failures included: for rehearsals and for tests."""
