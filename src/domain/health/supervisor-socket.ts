/** Name of the file, in `run` of the home, at which the supervisor can be asked: short, because a socket's whole path has about a hundred characters. */
export const supervisorSocket = 'supervisor.sock';
