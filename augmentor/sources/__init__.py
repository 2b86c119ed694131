"""Sources and banks: scanning manifests and folders, packing banks."""
