"""The report: one page of HTML that says what a study found, how far it can be believed, and where each number is."""
