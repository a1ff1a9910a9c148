"""Tasks: a verb asks a kind of question and gives a labelled result; `verbs.Model` is what users hold.

the model            verbs (asking/ has its verbs), load, calibrate, finetune
fields               forecast, backcast, impute, interpolate, downscale, detect, simulate, embed, whatif, explain, watch
other layouts        events/, tracks/, points/ (moving sensors)
what is asked for    times, windows, places, beside (what is fixed for places), between_levels, open_hours, reconcile
inside cells         finer_grid, finer_steps, seen_fine; levels takes off what float32 would drown in
results              results/; those of events are in events/
numbers behind them  detecting/, watching/, tracking/, explaining/, responding/ (what-if), alike/ (uses of vectors)
"""
