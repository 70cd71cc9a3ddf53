EspalierCommand.start()
