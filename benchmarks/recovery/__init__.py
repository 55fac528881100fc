"""Recovery: studies are simulated with a known answer, and the estimators must give it back as often as they say."""
