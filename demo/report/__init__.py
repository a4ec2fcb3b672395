"""The demo's report: one page that shows what was baked from what, and its pictures."""
