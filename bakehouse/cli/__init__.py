"""The command `bakehouse`. It decides nothing: it asks the client or the studio, and shows what they say."""
