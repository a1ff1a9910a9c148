"""Asking: the verbs of a model, a family a file; `Model` joins them. Signatures and promises stand here alone."""
