"""Tests of the chat: its laws on a real database, its rules, managed groups."""
