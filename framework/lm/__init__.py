"""Language models: signatures, payloads and metrics, and the programs that DSPy runs.

Light modules can be imported anywhere; all others load DSPy and belong into workers and whoever executes programs.

Light: annotations, call, cancellation, class_form, definition, evaluation, field_types, formatting, grammar,
interchange, metric_kinds, metrics, model, payloads, program, replay, secrets, spend, tools, typed_json,
optimize.events, optimize.run, offline.answer.
"""
