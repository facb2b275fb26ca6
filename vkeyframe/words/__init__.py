"""What is said in a video: subtitles in it and beside it, and a user's transcript."""
