"""Outgoing and Incoming Email Servers: lists, side panels, Test Connection (SPEC A1, A2, A7, A11)."""
