"""Figures as others printed them: whether they can be, what lies behind them, and ours beside them."""
