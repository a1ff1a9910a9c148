"""How models are asked: splits, back-tests, the benchmark, the card of four axes, stress, floors of a task, and the contract."""
