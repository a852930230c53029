"""What tests need and no product ships: tools that make a network or a disk behave badly."""
