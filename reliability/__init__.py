"""The proofs: what Colloquia promises, tried until it breaks. Not part of the package."""
