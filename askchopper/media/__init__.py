"""Pure computation on audio and images: levels, outlines, previews, covers."""
