"""What happened to a subject, each kind of record declared once.

A kind is a frozen dataclass under `@record_kind`, in a file of this folder. Its annotated fields say what a delivery
must say of them (type, dimension, name in sources.toml); everything else that knows the kinds is derived from that:
mapping, subject, cut, as-reported names, the columns of questions that read a table, and the reference page. A file
added to this folder is found; no list names it.
"""
