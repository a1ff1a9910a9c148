"""`python -m chronotope`, also under `torchrun -m chronotope`."""

from chronotope.cli.main import app

if __name__ == "__main__":
    app()
