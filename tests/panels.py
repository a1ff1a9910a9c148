"""Small panels and questions for the floors' tests."""

import numpy as np
import pandas as pd

from chronotope.data.panel import Panel
from chronotope.questions import Question
from chronotope.questions.kinds.gaps import between


def panel_of(values, freq="1h", start="2024-01-01", xy=None, edges=None) -> Panel:
    """A panel of values (t,), (t, n) or (t, n, v)."""
    values = np.asarray(values, "float32")
    values = values.reshape(*values.shape, *[1] * (3 - values.ndim))
    times = pd.date_range(start, periods=len(values), freq=freq).values.astype("datetime64[ns]")
    names = tuple(f"v{i}" for i in range(values.shape[2]))
    return Panel(values, times, freq, names, xy=xy, edges=edges, places=np.arange(values.shape[1]).astype(object))


def ahead(panel: Panel, steps: int) -> Question:
    """The panel extended by `steps`, all of which are asked."""
    longer = panel.extend(steps)
    asked = np.zeros(longer.values.shape, bool)
    asked[len(panel.times) :] = True
    return Question(longer, longer.mask & ~asked, asked)


def hole(panel: Panel, hidden) -> Question:
    """The cells `hidden` (t, n, v) are asked, all other observed ones seen."""
    return between(panel, np.asarray(hidden, bool))
