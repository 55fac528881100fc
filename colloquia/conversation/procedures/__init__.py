"""Who speaks when: one file for each procedure, each a pure function from transcript to next step."""
