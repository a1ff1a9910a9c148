"""Results of verbs about fields, under the names, units and coordinates of the input.

of every verb    labelled (a dataset, a table, a file of either), told (what tables read)
of each          forecast, simulation, detection, explanation, embedding, whatif
shown as         table (long), wide, html; turning has the means of what goes round
"""
