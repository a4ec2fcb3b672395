"""What a tag list, a caption and a tagger's square are. Pure."""
