"""Merchants and what they sell, made up from Faker's parts and our own shelf of goods, the same for the same seed."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from faker import Faker

from mock_platform.domain.merchant import Merchant
from mock_platform.domain.sku import Sku

HOT_PRICE_FEN = 19_900
PRICE_FEN_MIN = 190
"""The middle prices below make a full cart worth about 200 yuan, the mean order of 2014 to 2019."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A category: what is on it, how it is praised, how it is packed, and its middle price."""

    category: str
    things: tuple[str, ...]
    praise: tuple[str, ...]
    packs: tuple[str, ...]
    price_fen: int


def _shelf(category: str, things: str, praise: str, packs: str, yuan: int) -> Shelf:
    return Shelf(category, (*things.split(),), (*praise.split(),), (*packs.split(),), yuan * 100)


SHELVES = (
    _shelf("酒水饮料", "白酒 红葡萄酒 精酿啤酒 乌龙茶 气泡水", "窖藏 醇香 手工 低糖", "500ml 750ml 6瓶装 礼盒", 69),
    _shelf("女装", "羽绒服 连衣裙 针织衫 风衣 半身裙", "修身 宽松 加厚 韩版 显瘦", "S码 M码 L码 XL码", 89),
    _shelf("男装", "夹克 衬衫 休闲裤 羽绒服 卫衣", "商务 纯棉 加绒 直筒 潮流", "M码 L码 XL码 XXL码", 85),
    _shelf("美妆护肤", "面膜 口红 精华液 防晒霜 洗面奶", "补水 保湿 抗皱 清爽 哑光", "30ml 50ml 10片 套装", 65),
    _shelf("数码", "蓝牙耳机 充电宝 机械键盘 智能手表 移动硬盘", "降噪 快充 无线 超薄", "标准版 旗舰版 黑色 白色", 145),
    _shelf("家用电器", "电饭煲 扫地机器人 空气炸锅 吹风机 加湿器", "智能 静音 大容量 节能", "3L 5L 单台 升级款", 179),
    _shelf("食品生鲜", "坚果礼盒 挂面 大闸蟹 车厘子 牛肉干", "新鲜 原味 香辣 有机", "500g 1kg 2kg 12袋", 32),
    _shelf("母婴", "纸尿裤 婴儿奶粉 积木 儿童推车 爬行垫", "透气 益智 防摔 轻便", "NB码 L码 1段 大号", 79),
    _shelf("运动户外", "跑步鞋 瑜伽垫 冲锋衣 帐篷 速干衣", "减震 防水 透气 便携", "39码 42码 单人 双人", 99),
    _shelf("家居日用", "四件套 保温杯 收纳箱 抽纸 炒锅", "加厚 纯棉 不粘 北欧风", "3只装 1.5米 500ml 24包", 38),
    _shelf("鞋靴箱包", "拉杆箱 双肩包 马丁靴 小白鞋 斜挎包", "真皮 大容量 复古 百搭", "20寸 24寸 37码 41码", 95),
    _shelf("图书文具", "小说 绘本 中性笔 笔记本 地球仪", "精装 全彩 速干 典藏", "1册 全套 10支 A5", 22),
)


def make_merchants(fake: Faker, rng: random.Random, count: int) -> tuple[Merchant, ...]:
    """M0001 and on: a made-up brand, the category it sells, and the town it ships from."""
    brands = list(dict.fromkeys(fake.company_prefix() for _ in range(300)))
    cities = list(dict.fromkeys(fake.city_name() for _ in range(300)))
    return tuple(
        Merchant(f"M{number:04d}", f"{rng.choice(brands)}{_shelf_of(number).category}旗舰店", rng.choice(cities) + "市")
        for number in range(1, count + 1)
    )


def make_skus(rng: random.Random, merchants: Sequence[Merchant], count: int) -> tuple[Sku, ...]:
    """S0000001 and on, most popular first. The first is the festival's hot item, one merchant's liquor."""
    hot = Sku("S0000001", _title(merchants[0], "窖藏", "白酒", "500ml"), SHELVES[0].category, "M0001", HOT_PRICE_FEN)
    return (hot, *(_sku(rng, merchants, number) for number in range(2, count + 1)))


def initial_stock(rank: int) -> int:
    """Units at the start: 100,000 of the most popular, 10,000 at rank 100, 1,000 at rank 10,000."""
    return max(500, int(100_000 / math.sqrt(rank)))


def _sku(rng: random.Random, merchants: Sequence[Merchant], number: int) -> Sku:
    at = int(rng.random() * len(merchants))
    merchant, shelf = merchants[at], _shelf_of(at + 1)
    title = _title(merchant, rng.choice(shelf.praise), rng.choice(shelf.things), rng.choice(shelf.packs))
    # Prices of one category spread over about a factor five, and end in .90 as prices do.
    yuan = int(shelf.price_fen / 100 * rng.lognormvariate(0.0, 0.5))
    return Sku(f"S{number:07d}", title, shelf.category, merchant.merchant, max(PRICE_FEN_MIN, yuan * 100 - 10))


def _shelf_of(merchant_number: int) -> Shelf:
    return SHELVES[(merchant_number - 1) % len(SHELVES)]


def _title(merchant: Merchant, praise: str, thing: str, pack: str) -> str:
    return f"{merchant.name.removesuffix('旗舰店')} {praise}{thing} {pack}"
