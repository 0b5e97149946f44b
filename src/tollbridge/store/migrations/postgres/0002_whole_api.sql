-- Customers are found by e-mail in any case: what is searched is stored folded.
UPDATE contact SET email = lower(email);
