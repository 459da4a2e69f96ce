"""Community features: comments, ratings, likes, follows, collections, reports and blocks between members."""
