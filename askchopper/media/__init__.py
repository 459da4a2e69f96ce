"""Pure computation on audio, images and documents: decoding, analysis, quality rules, covers, previews, text extraction."""
