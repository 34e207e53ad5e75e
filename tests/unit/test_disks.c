/* From a path to its disk: with a mountinfo and a sysfs of our own, where every kind of disk is at hand,
 * and then with the real ones. */
#include "../../impl/operations/disks.h"
#include "tempdir.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/statvfs.h>

static char dir[TEMP_PATH_MAX], file[TEMP_PATH_MAX], sysfs[TEMP_PATH_MAX];
static struct mounts mounts;

static int
setup(void **state)
{
	(void)state;
	temp_make(dir);
	temp_join(file, dir, "mountinfo");
	temp_join(sysfs, dir, "sys");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	mounts_fini(&mounts);
	temp_remove(dir);
	return 0;
}

static void
given(const char *mountinfo)
{
	mounts_fini(&mounts);
	temp_puts(file, mountinfo);
	assert_int_equal(mounts_read(file, &mounts), SRV_OK);
}

static void
assert_on(const char *path, const char *mount_point)
{
	const struct mount *m = mounts_find(&mounts, path);

	if (m == NULL)
		fail_msg("%s is on no mount", path);
	assert_string_equal(m->mount_point, mount_point);
}

/* ---- mountinfo ---------------------------------------------------------------------------------------- */

static void
disks_mountinfo_is_parsed(void **state)
{
	(void)state;
	given("36 35 98:0 /mnt1 /mnt/parent rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n"
	      "37 36 0:31 / /mnt/parent/x rw shared:1 master:2 propagate_from:3 - tmpfs tmpfs rw\n"
	      "38 36 0:32 / /mnt/parent/y rw - fuse.sshfs user@host:/ rw\n");
	assert_int_equal(mounts.count, 3);
	assert_int_equal(mounts.mount[0].id, 36);
	assert_int_equal(mounts.mount[0].parent_id, 35);
	assert_int_equal(mounts.mount[0].major, 98);
	assert_int_equal(mounts.mount[0].minor, 0);
	assert_string_equal(mounts.mount[0].mount_point, "/mnt/parent");
	assert_string_equal(mounts.mount[0].fs_type, "ext3");
	assert_string_equal(mounts.mount[0].source, "/dev/root");
	assert_string_equal(mounts.mount[1].fs_type, "tmpfs");
	assert_string_equal(mounts.mount[2].source, "user@host:/");
}

static void
disks_lines_that_make_no_sense_are_left_out(void **state)
{
	(void)state;
	given("\n"
	      "x\n"
	      "1 0 8:1 / / rw - ext4\n" /* an empty source */
	      "1 0 8:1 / / rw ext4 /dev/sda1 rw\n"
	      "a 0 8:1 / /a rw - ext4 /dev/sda1 rw\n"
	      "2 1 8 / /b rw - ext4 /dev/sda1 rw\n"
	      "3 1 8:1 / relative rw - ext4 /dev/sda1 rw\n"
	      "4 1 8:1x / /c rw - ext4 /dev/sda1 rw\n"
	      "5 1 8:2 / /d rw - ext4 /dev/sda2 rw");
	assert_int_equal(mounts.count, 2);
	assert_string_equal(mounts.mount[0].source, "");
	assert_string_equal(mounts.mount[1].mount_point, "/d");
}

static void
disks_escapes_in_mount_points_are_undone(void **state)
{
	(void)state;
	given("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
	      "2 1 8:2 / /mnt/My\\040Disk\\011a\\012b\\134c\\043 rw - cifs //nas/My\\040Share rw\n"
	      "3 1 8:3 / /mnt/\\04 rw - ext4 /dev/sda3 rw\n");
	assert_string_equal(mounts.mount[1].mount_point, "/mnt/My Disk\ta\nb\\c#");
	assert_string_equal(mounts.mount[1].source, "//nas/My Share");
	assert_string_equal(mounts.mount[2].mount_point, "/mnt/\\04");
	assert_on("/mnt/My Disk\ta\nb\\c#/x", "/mnt/My Disk\ta\nb\\c#");
}

static void
disks_mountinfo_that_cannot_be_read_is_an_error(void **state)
{
	struct mounts none = {.count = 7};

	(void)state;
	assert_int_equal(mounts_read(TEMP_PATH(dir, "none"), &none), SRV_EIO);
	assert_int_equal(none.count, 7);
	assert_int_equal(mounts_read(dir, &none), SRV_EIO);
	temp_puts(file, "");
	assert_int_equal(mounts_read(file, &mounts), SRV_OK);
	assert_int_equal(mounts.count, 0);
	assert_null(mounts_find(&mounts, "/"));
}

/* ---- the mount of a path -------------------------------------------------------------------------------- */

static void
disks_longest_mount_point_wins(void **state)
{
	(void)state;
	/* The root is not first: an early mount that was moved keeps its number. */
	given("22 27 0:21 / /proc rw - proc proc rw\n"
	      "27 1 254:0 / / rw - ext4 /dev/vda rw\n"
	      "30 27 8:1 / /data rw - xfs /dev/sda1 rw\n"
	      "31 30 8:2 / /data/wh/01 rw - xfs /dev/sda2 rw\n");
	assert_on("/", "/");
	assert_on("/etc", "/");
	assert_on("/proc/1", "/proc");
	assert_on("/data", "/data");
	assert_on("/data/wh", "/data");
	assert_on("/data/wh/01", "/data/wh/01");
	assert_on("/data/wh/01/a/b", "/data/wh/01");
	/* Names that only begin alike. */
	assert_on("/data2", "/");
	assert_on("/data/wh/011", "/data");
}

static void
disks_mount_that_another_covers_is_not_found(void **state)
{
	(void)state;
	given("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
	      "2 1 8:2 / /a/b rw - ext4 /dev/sda2 rw\n"
	      "3 1 8:3 / /a rw - ext4 /dev/sda3 rw\n" /* over the directory that holds the mount point */
	      "4 1 0:5 / /t rw - tmpfs one rw\n"
	      "5 4 0:6 / /t rw - tmpfs two rw\n"); /* on the same mount point */
	assert_on("/a/b/c", "/a");
	assert_string_equal(mounts_find(&mounts, "/t/x")->source, "two");
}

static void
disks_without_a_root_the_longest_and_last_does(void **state)
{
	(void)state;
	given("10 9 8:1 / /data rw - ext4 /dev/sda1 rw\n"
	      "11 10 8:2 / /data/x rw - ext4 /dev/sda2 rw\n"
	      "12 10 8:3 / /data/x rw - ext4 /dev/sda3 rw\n");
	assert_on("/data/y", "/data");
	assert_string_equal(mounts_find(&mounts, "/data/x/1")->source, "/dev/sda3");
	assert_null(mounts_find(&mounts, "/other"));
}

static void
disks_list_that_contradicts_itself_ends(void **state)
{
	(void)state;
	given("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
	      "2 1 8:2 / /a rw - ext4 /dev/sda2 rw\n"
	      "3 2 8:3 / /a rw - ext4 /dev/sda3 rw\n"
	      "2 3 8:4 / /a rw - ext4 /dev/sda4 rw\n");
	assert_on("/a/b", "/a");
}

static void
disks_path_is_followed_through_links(void **state)
{
	char text[2 * TEMP_PATH_MAX], real[TEMP_PATH_MAX], *resolved;

	(void)state;
	assert_int_equal(mkdir(TEMP_PATH(dir, "disk"), 0700), 0);
	assert_int_equal(symlink("disk", TEMP_PATH(dir, "link")), 0);
	resolved = realpath(dir, NULL);
	snprintf(real, sizeof real, "%s", resolved);
	free(resolved);
	snprintf(
	    text, sizeof text, "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:2 / %s/disk rw - ext4 /dev/sda2 rw\n", real);
	given(text);
	assert_int_equal(mounts_find_path(&mounts, TEMP_PATH(dir, "link"))->id, 2);
	assert_int_equal(mounts_find_path(&mounts, TEMP_PATH(dir, "disk"))->id, 2);
	assert_int_equal(mounts_find_path(&mounts, dir)->id, 1);
	assert_null(mounts_find_path(&mounts, TEMP_PATH(dir, "nothing")));
}

/* ---- kinds ---------------------------------------------------------------------------------------------- */

static void
make_dirs(const char *relative)
{
	char path[TEMP_PATH_MAX];

	temp_join(path, sysfs, relative);
	for (char *p = path + strlen(dir) + 1; *p != '\0'; p++)
		if (*p == '/') {
			*p = '\0';
			(void)mkdir(path, 0700);
			*p = '/';
		}
	(void)mkdir(path, 0700);
}

/* A disk under /sys/devices with its link in /sys/dev/block, as the kernel lays them out. */
static void
make_device(const char *number, const char *where, const char *attribute, const char *value)
{
	char path[TEMP_PATH_MAX], target[TEMP_PATH_MAX];

	make_dirs("dev/block");
	make_dirs(where);
	temp_join(path, TEMP_PATH(sysfs, where), attribute);
	temp_puts(path, value);
	temp_join(path, TEMP_PATH(sysfs, "dev/block"), number);
	snprintf(target, sizeof target, "../../%s", where);
	assert_int_equal(symlink(target, path), 0);
}

static enum disk_type
type_of(const char *number, const char *fs_type, const char *source)
{
	char line[TEMP_PATH_MAX];

	snprintf(line, sizeof line, "1 0 %s / / rw - %s %s rw\n", number, fs_type, source);
	given(line);
	return disk_type(&mounts.mount[0], sysfs);
}

static void
disks_kind_comes_from_the_device(void **state)
{
	(void)state;
	make_device("8:0", "devices/pci0/ata1/block/sda", "removable", "0\n");
	make_device("8:1", "devices/pci0/ata1/block/sda/sda1", "partition", "1\n");
	make_device("8:16", "devices/pci0/usb1/block/sdb", "removable", "1\n");
	make_device("8:17", "devices/pci0/usb1/block/sdb/sdb1", "partition", "1\n");
	make_device("11:0", "devices/pci0/ata2/block/sr0", "removable", "1\n");
	make_device("253:0", "devices/virtual/block/dm-0", "removable", "0\n");
	make_device("252:0", "devices/virtual/block/zram0", "removable", "0\n");
	make_device("1:0", "devices/virtual/block/ram0", "removable", "0\n");
	make_device("43:0", "devices/virtual/block/nbd0", "removable", "0\n");
	make_device("9:9", "devices/virtual/block/odd", "removable", "what\n");
	assert_int_equal(type_of("8:0", "ext4", "/dev/sda"), DISK_FIXED);
	assert_int_equal(type_of("8:1", "xfs", "/dev/sda1"), DISK_FIXED);
	assert_int_equal(type_of("8:16", "vfat", "/dev/sdb"), DISK_REMOVABLE);
	assert_int_equal(type_of("8:17", "exfat", "/dev/sdb1"), DISK_REMOVABLE);
	assert_int_equal(type_of("11:0", "udf", "/dev/sr0"), DISK_CDROM);
	assert_int_equal(type_of("8:16", "udf", "/dev/sdb"), DISK_REMOVABLE);
	assert_int_equal(type_of("253:0", "ext4", "/dev/mapper/vg-lv"), DISK_FIXED);
	assert_int_equal(type_of("252:0", "ext4", "/dev/zram0"), DISK_RAM);
	assert_int_equal(type_of("1:0", "ext2", "/dev/ram0"), DISK_RAM);
	assert_int_equal(type_of("43:0", "ext4", "/dev/nbd0"), DISK_NETWORK);
	assert_int_equal(type_of("9:9", "ext4", "/dev/odd"), DISK_UNKNOWN);
	assert_int_equal(type_of("77:7", "ext4", "/dev/none"), DISK_UNKNOWN);
}

static void
disks_kind_comes_from_the_file_system_where_there_is_no_device(void **state)
{
	static const struct {
		const char *fs_type, *source;
		enum disk_type type;
	} rows[] = {
	    {"nfs", "nas:/x", DISK_NETWORK},
	    {"nfs4", "nas:/x", DISK_NETWORK},
	    {"cifs", "//nas/x", DISK_NETWORK},
	    {"smb3", "//nas/x", DISK_NETWORK},
	    {"9p", "share", DISK_NETWORK},
	    {"ceph", "10.0.0.1:/", DISK_NETWORK},
	    {"fuse.sshfs", "u@h:/", DISK_NETWORK},
	    {"tmpfs", "tmpfs", DISK_RAM},
	    {"ramfs", "none", DISK_RAM},
	    {"iso9660", "/dev/loop0", DISK_CDROM},
	    {"zfs", "tank/data", DISK_FIXED},
	    {"overlay", "overlay", DISK_FIXED},
	    {"btrfs", "/dev/not-there", DISK_FIXED},
	    {"fuse.portal", "portal", DISK_UNKNOWN},
	    {"proc", "proc", DISK_UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(type_of("0:42", rows[i].fs_type, rows[i].source), rows[i].type);
}

static void
disks_kinds_have_the_words_of_the_contract(void **state)
{
	(void)state;
	assert_string_equal(disk_type_name(DISK_FIXED), "Fixed");
	assert_string_equal(disk_type_explanation(DISK_FIXED), "Non-removable Hard Disk");
	assert_string_equal(disk_type_name(DISK_NETWORK), "Network");
	assert_string_equal(disk_type_explanation(DISK_NETWORK), "Remote Network drive");
	assert_string_equal(disk_type_name(DISK_RAM), "Ram");
	assert_string_equal(disk_type_explanation(DISK_RAM), "RAM disk");
	assert_string_equal(disk_type_name(DISK_CDROM), "CDRom");
	assert_string_equal(disk_type_explanation(DISK_CDROM), "CD-ROM drive");
	assert_string_equal(disk_type_name(DISK_REMOVABLE), "Removable");
	assert_string_equal(disk_type_explanation(DISK_REMOVABLE), "Removable Disk");
	assert_string_equal(disk_type_name(DISK_UNKNOWN), "Unknown");
	assert_string_equal(disk_type_explanation(DISK_UNKNOWN), "Unrecognized");
}

/* ---- space ---------------------------------------------------------------------------------------------- */

static void
disks_less_than_a_tenth_free_is_critical(void **state)
{
	(void)state;
	assert_true(disk_is_critical(&(struct disk_space){1000, 99}));
	assert_false(disk_is_critical(&(struct disk_space){1000, 100}));
	assert_true(disk_is_critical(&(struct disk_space){1001, 100}));
	assert_true(disk_is_critical(&(struct disk_space){5, 0}));
	assert_false(disk_is_critical(&(struct disk_space){0, 0}));
	assert_false(disk_is_critical(&(struct disk_space){INT64_MAX, INT64_MAX}));
	assert_true(disk_is_critical(&(struct disk_space){INT64_MAX, INT64_MAX / 10}));
}

static void
disks_space_is_that_of_the_file_system(void **state)
{
	struct disk_space space;
	struct statvfs vfs;

	(void)state;
	assert_int_equal(disk_space(dir, &space), SRV_OK);
	assert_int_equal(statvfs(dir, &vfs), 0);
	assert_true(space.size == (int64_t)(vfs.f_blocks * vfs.f_frsize));
	assert_true(space.free >= 0 && space.free <= space.size);
	assert_int_equal(disk_space(TEMP_PATH(dir, "nothing"), &space), SRV_EIO);
}

static void
disks_of_this_machine_are_found(void **state)
{
	const struct mount *m;

	(void)state;
	assert_int_equal(mounts_read_system(&mounts), SRV_OK);
	assert_string_equal(mounts_find_path(&mounts, "/proc/self")->fs_type, "proc");
	m = mounts_find_path(&mounts, "/dev/shm");
	assert_non_null(m);
	if (strcmp(m->fs_type, "tmpfs") == 0)
		assert_int_equal(disk_type(m, DISKS_SYSFS), DISK_RAM);
	assert_non_null(mounts_find_path(&mounts, dir));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(disks_mountinfo_is_parsed, setup, teardown),
	    cmocka_unit_test_setup_teardown(disks_lines_that_make_no_sense_are_left_out, setup, teardown),
	    cmocka_unit_test_setup_teardown(disks_escapes_in_mount_points_are_undone, setup, teardown),
	    cmocka_unit_test_setup_teardown(disks_mountinfo_that_cannot_be_read_is_an_error, setup, teardown),
	    cmocka_unit_test_setup_teardown(disks_longest_mount_point_wins, setup, teardown),
	    cmocka_unit_test_setup_teardown(disks_mount_that_another_covers_is_not_found, setup, teardown),
	    cmocka_unit_test_setup_teardown(disks_without_a_root_the_longest_and_last_does, setup, teardown),
	    cmocka_unit_test_setup_teardown(disks_list_that_contradicts_itself_ends, setup, teardown),
	    cmocka_unit_test_setup_teardown(disks_path_is_followed_through_links, setup, teardown),
	    cmocka_unit_test_setup_teardown(disks_kind_comes_from_the_device, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		disks_kind_comes_from_the_file_system_where_there_is_no_device, setup, teardown),
	    cmocka_unit_test_setup_teardown(disks_kinds_have_the_words_of_the_contract, setup, teardown),
	    cmocka_unit_test_setup_teardown(disks_less_than_a_tenth_free_is_critical, setup, teardown),
	    cmocka_unit_test_setup_teardown(disks_space_is_that_of_the_file_system, setup, teardown),
	    cmocka_unit_test_setup_teardown(disks_of_this_machine_are_found, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
