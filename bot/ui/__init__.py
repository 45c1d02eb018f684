"""What people see: cards, results, texts. Built from data, without decisions."""
