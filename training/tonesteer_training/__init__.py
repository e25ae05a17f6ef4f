"""From the tone corpus and a small language model to a Tonesteer model pack."""
