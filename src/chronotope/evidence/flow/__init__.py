"""Fields that move over a grid - rain, clouds, smoke, fronts, film: their motion, and what it says of steps to come or missing.

frames --grid--> images --motion--> cells per step --carry--> carried images at earlier origins and at the last
--trials--> how far what came lay from them, by lead --table--> quantiles of what comes, and what they would have missed

What this room says is weighed against another predictor in `model.moving`. Objects that are followed one by one are in `evidence.motion`.
"""
