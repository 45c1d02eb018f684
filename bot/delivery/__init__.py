"""How answers and pictures reach their member: the card, the posts, the ways out when one is closed."""
