"""Adapting: a pretrained network that goes on learning on one field; `methods.METHODS` says what of it moves."""
