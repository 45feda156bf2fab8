"""Steps carried out beside those who write: in which order, and what each locks."""
