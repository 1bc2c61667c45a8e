"""Where the verbs meet: take a delivery in, decide the next dose."""
