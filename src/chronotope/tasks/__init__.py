"""Tasks: a verb asks a kind of question and gives a labelled result; `verbs.Model` is what users hold.

the model            verbs (asking/ has its verbs), load, calibrate, finetune
fields               forecast, backcast, impute, interpolate, downscale, detect, simulate, embed, whatif, explain, watch
tracks               paths, track_gaps, track_detect, track_embed, track_explain, track_whatif, arrival, carried
events               events, event_asking, event_panel, event_draws, event_explain, event_whatif, clusters
moving sensors       points, moving, point_detect
what is asked for    times, windows, places, beside (what is fixed for places), between_levels, open_hours, reconcile
inside cells         finer_grid, finer_steps, seen_fine; levels takes off what float32 would drown in
results              labelled, told, result, simulation, detection, explanation, embedding, supposed
                     event_forecast, event_simulation, event_detection
results elsewhere    table, wide, turning (means of what goes round), html
numbers behind them  detecting/, watching/, tracking/, explaining/, responding/ (what-if), alike/ (uses of vectors)
"""
