"""Mails to customers, written from stored facts: layout, languages, messages for a mail server."""
