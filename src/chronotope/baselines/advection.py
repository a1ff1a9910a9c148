"""Lagrangian persistence: the last frame of a grid goes on moving as it moved."""

from __future__ import annotations

import numpy as np

from chronotope.baselines.floor import round_the_circle
from chronotope.baselines.intervals import nan_quantiles, one_sided
from chronotope.baselines.motion import proven_motion
from chronotope.baselines.naive import LastValue
from chronotope.baselines.series import carry
from chronotope.evidence.flow.carry import carried_on, read_at
from chronotope.evidence.flow.grid import grid_order
from chronotope.harmonize.turning import averaged
from chronotope.inspect.circle import beside, directions_of, way_of
from chronotope.questions import AbstractQuantilePredictor, Question

_FRAMES = 4  # that the motion is read from
_AROUND = 16  # places around an origin that show what may come instead


class Advection(AbstractQuantilePredictor):
    """The last frame carried along the motion of the last four (of blocks, of the whole, or none: whichever would have forecast the
    last of them best); what the motion brings from outside is the last value.

    The interval is what lies around the place that a value comes from, within a cell for every step of the lead. Panels that are no
    full grid, or have fewer than two steps, are answered by the last value; gaps too.
    """

    name = "advection"
    kind = "floor"
    reads_known = False

    def quantiles(self, question: Question) -> np.ndarray:
        """Quantiles (q, h, n, v) float32 of the asked cells; see `AbstractQuantilePredictor`."""
        panel, levels = question.frame, question.levels
        out, rows = LastValue().quantiles(question), question.rows
        order, shape = grid_order(panel)
        if not shape or not len(rows) or rows[0] < 2 or question.seen[rows[0] :].any():
            return out
        past = question.visible()[: rows[0]]
        circle = directions_of(past, panel.called, panel.units)
        for v in range(past.shape[2]):
            x = carry(past[..., v].astype(float))[-_FRAMES:]
            if not np.isfinite(x[-1]).any():
                continue
            way = way_of(x.ravel()) if circle[v] else 0.0
            frames = beside(x - way, 0.0, circle[v])[:, order].reshape(len(x), *shape)
            found = np.empty((len(levels), len(rows), x.shape[1]))
            found[..., order] = self._moved(frames, rows - rows[0] + 1, levels, circle[v]).reshape(found.shape) + way
            out[..., v] = np.where(question.asked[rows, :, v] & np.isfinite(found), found, out[..., v])
        return round_the_circle(out, circle)

    def _moved(self, frames: np.ndarray, leads: np.ndarray, levels: tuple[float, ...], turns: np.bool_) -> np.ndarray:
        """Quantiles (q, h, y, x) at the leads."""
        last = frames[-1]
        whole = np.where(np.isfinite(frames), frames, np.nanmean(last))
        sources = carried_on(last, proven_motion(whole), int(leads[-1]))[1]
        angles = np.arange(_AROUND) * 2 * np.pi / ((1 + 5**0.5) / 2)

        def read(at: np.ndarray) -> np.ndarray:
            return averaged(last, bool(turns), lambda part: read_at(part, at))

        made = []
        for lead in leads:
            source = sources[lead - 1]
            found, far = read(source), lead * np.sqrt((np.arange(_AROUND) + 0.5) / _AROUND)
            around = [read(source + np.array([r * np.sin(a), r * np.cos(a)])[:, None, None]) for r, a in zip(far, angles)]
            beyond = beside(np.stack([found, *around]) - found, 0.0, turns)
            made.append(found + one_sided(nan_quantiles(beyond, levels), levels))
        return np.stack(made, axis=1)
