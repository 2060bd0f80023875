"""Statements, units of work and transactions: all that knows SQLAlchemy's Core and the drivers."""
