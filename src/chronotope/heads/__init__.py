"""From vectors of tokens to answers: `registry.HEADS`, one file each; pure tensors."""
