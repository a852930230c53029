"""What refusals about files say."""

from dianmai.core.errors import describe

describe(
    {
        "empty_file": ("文件是空的", "The file is empty"),
        "invalid_file_name": ("文件名无效", "The file name is not valid"),
        "type_mismatch": ("文件内容与类型不符", "The file is not what its name says"),
        "image_too_large": (
            "图片过大，最多 {limit} 像素、200 帧",
            "The picture is too large; the limit is {limit} pixels and 200 frames",
        ),
        "corrupt_image": ("图片已损坏", "The picture is damaged"),
        "unsafe_attachment": (
            "“{name}”可能含有程序、脚本或宏，不能作为附件；请改用 PDF、图片或普通办公文档",
            "“{name}” may contain a program, script or macros; please attach a PDF, a picture or a plain document",
        ),
        "file_gone": (
            "有附件已经失效（上传后一天内没有发出），请重新添加",
            "An attachment is no longer there (it was not sent within a day); please add it again",
        ),
        "quota_exceeded": (
            "您有太多上传后没有发出的文件，请先发出，或明天再试",
            "You have too many uploads that were not sent; please send them first, or try again tomorrow",
        ),
        "size_mismatch": (
            "文件大小与声明的不符（已收到 {limit} 字节）",
            "The file is not as large as was said ({limit} bytes are here)",
        ),
        "wrong_offset": (
            "这一段接不上，请从第 {limit} 字节继续",
            "This part does not fit; go on at byte {limit}",
        ),
        "upload_busy": ("这个文件正在写入，请稍后再试", "This file is being written; please try again in a moment"),
        "too_many_unfinished": (
            "同时上传的文件太多，最多 {limit} 个",
            "Too many uploads at once; the limit is {limit}",
        ),
        "checksum_mismatch": ("文件在传输中损坏，请重新上传", "The file was damaged on its way; please send it again"),
        "too_many_uploads": (
            "上传太频繁，每小时最多 {limit} 个",
            "Too many uploads; the limit is {limit} an hour",
        ),
    }
)
