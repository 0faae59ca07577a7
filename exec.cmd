@rem npm start begins with exec, so that signals reach the gateway and not a shell; the shell of Windows has no such word.
@%*
