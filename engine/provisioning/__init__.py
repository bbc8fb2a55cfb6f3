"""What a person's softphone has to know, in the forms in which it gets there: a file, a QR code, a leaflet."""
