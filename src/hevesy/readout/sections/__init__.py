"""The parts of a readout, each made from an analysis and nothing else."""
