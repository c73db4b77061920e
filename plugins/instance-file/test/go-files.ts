/** Instances as releases of the Go original write them: indented, keys of maps sorted, absent things null. */
export const goFiles = {
  'instance-2706833178883167760': `{
  "ID": "instance-2706833178883167760",
  "LogicalID": null,
  "Tags": {
    "infrakit.config_sha": "006438mMXW8gXeYtUxgf9Zbg94Y=",
    "infrakit.group": "cattle",
    "tier": "web"
  },
  "Spec": {
    "Properties": {
      "Note": "Instance properties version 1.0"
    },
    "Tags": {
      "infrakit.config_sha": "006438mMXW8gXeYtUxgf9Zbg94Y=",
      "infrakit.group": "cattle",
      "tier": "web"
    },
    "Init": "docker pull nginx:alpine\\ndocker run -d -p 80:80 nginx-alpine \\u0026\\u0026 true",
    "LogicalID": null,
    "Attachments": null
  }
}`,
  'instance-7196302547999553772': `{
    "ID": "instance-7196302547999553772",
    "LogicalID": "192.168.0.2",
    "Tags": null,
    "Spec": {
      "Properties": {
        "Serial": 9007199254740993
      },
      "Tags": null,
      "Init": "",
      "LogicalID": "192.168.0.2",
      "Attachments": [
        {
          "ID": "vol-1",
          "Type": "ebs"
        }
      ]
    }
  }`,
  'instance-2039920961102339300': `{
  "ID": "instance-2039920961102339300",
  "LogicalID": null,
  "Tags": {
    "infrakit.config.hash": "2nhlrx6jrrow6ic54ywvgga76wlob54g",
    "infrakit.group": "cattle"
  },
  "Properties": {
    "Note": "as described"
  },
  "Spec": {
    "Properties": {
      "Note": "Instance properties version 1.0"
    },
    "Tags": {
      "infrakit.config.hash": "2nhlrx6jrrow6ic54ywvgga76wlob54g",
      "infrakit.group": "cattle"
    },
    "Init": "",
    "LogicalID": null,
    "Attachments": null
  }
}`,
} as const
