"""How models are asked: splits, back-tests, the benchmark, the card of four axes, stress, floors of a task, and the contract.

one field       backtest, rolling; track_backtest, event_backtest, point_backtest; floors (floor_tasks/)
many sets       benchmark; four_axis with splits, questions, audit, manifest and its learners specialist and memoriser; card, card_page
disturbed       stress, disturb, drift
any model       contract, contract_movers
"""
