"""Language models: signatures, payloads and metrics, and the programs that DSPy runs.

Light modules can be imported anywhere; all others load DSPy and belong into workers and whoever executes programs.

Light: fields.annotations, fields.field_types, signatures.class_form, signatures.definition, signatures.formatting,
signatures.grammar, signatures.interchange, values.typed_json, payloads.payloads, programs.program, programs.tools,
models.model, models.secrets, models.spend, calls.call, calls.cancellation, calls.replay, metrics.metric_kinds,
metrics.metrics, evaluation.evaluation, optimize.events, optimize.run, offline.answer.
"""
