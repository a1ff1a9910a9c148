"""Joint: what is needed to draw many cells together, when a predictor tells each of them on its own.

past anomalies --errors at past origins--> dependence --normal scores--> margins --members

anomalies   what is left of the past when its cycle is taken out, and how forecasts from there would have missed
dependence  normal scores of all asked cells after the past: by templates of whole misses, or leads and places apart
moving      the same for fields that move over a grid: as rough as past misses were, carried along with the field
bridges     the same for gaps, tied to what is seen around them
whole       how much more the members of a forecast must have in common, by the mean of all places told as one series
margins     scores to values by each cell's own quantiles
order       an order of series that goes by what they are, so that draws follow them wherever they stand
"""
