/* SPDX-License-Identifier: MIT */
/* Opening a serial port: termios(3). */
#include "driver/serial_port.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/serial.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static const struct {
	unsigned long baud;
	speed_t speed;
} speeds[] = {
	{ 9600, B9600 }, { 19200, B19200 }, { 38400, B38400 }, { 57600, B57600 }, { 115200, B115200 },
	{ 230400, B230400 }, { 460800, B460800 }, { 500000, B500000 }, { 921600, B921600 }, { 1000000, B1000000 },
	{ 1500000, B1500000 }, { 2000000, B2000000 }, { 3000000, B3000000 },
};

static int speed_of(unsigned long baud, speed_t *speed)
{
	for (unsigned i = 0; i < sizeof(speeds) / sizeof(*speeds); i++)
		if (speeds[i].baud == baud) {
			*speed = speeds[i].speed;
			return 0;
		}
	return -EINVAL;
}

static int configure(int fd, speed_t speed)
{
	struct serial_struct serial;
	struct termios port;

	if (tcgetattr(fd, &port))
		return -errno;
	cfmakeraw(&port);
	port.c_cflag &= ~(tcflag_t)(CSTOPB | CRTSCTS);
	port.c_cflag |= CLOCAL | CREAD;
	port.c_cc[VMIN] = 1;
	port.c_cc[VTIME] = 0;
	if (cfsetspeed(&port, speed) || tcsetattr(fd, TCSANOW, &port) || tcflush(fd, TCIOFLUSH))
		return -errno;
	/* a USB serial chip gathers bytes for 16 ms otherwise; a port that cannot is as good as it is */
	if (!ioctl(fd, TIOCGSERIAL, &serial)) {
		serial.flags |= ASYNC_LOW_LATENCY;
		ioctl(fd, TIOCSSERIAL, &serial);
	}
	return 0;
}

int hvb_serial_port(const char *path, unsigned long baud, struct hvb_diag *diag)
{
	speed_t speed;
	int fd, err = speed_of(baud, &speed);

	if (err)
		return hvb_diag(diag, err, path, "such as 115200 or 1000000; the board's bitstream has it fixed",
				"%lu bits a second is no speed of a serial port", baud);
	fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return hvb_diag(diag, -errno, path, errno == EACCES ? "the group dialout may, on Debian" : "",
				"the serial port cannot be opened: %s", strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB))
		err = errno == EWOULDBLOCK ? -EBUSY : -errno;
	else
		err = configure(fd, speed);
	if (!err)
		return fd;
	close(fd);
	return hvb_diag(diag, err, path, err == -EBUSY ? "another program has it" : "", "no serial port for this: %s",
			strerror(-err));
}
